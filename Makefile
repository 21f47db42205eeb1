# Everything a person types. `make run` needs Python 3.11 or newer with pip, and nothing else.
.DEFAULT_GOAL := help
.PHONY: help install run test test-database test-browser lint bench long lock messages

BOOTSTRAP := sh smartrec/devstack/bootstrap.sh
PYTHON_IN_VENV := .venv/bin/python
NO_DATABASE := DATABASE_URL='postgresql:///none?host=/nowhere'
AS_IN_PRODUCTION := $(NO_DATABASE) DJANGO_SETTINGS_MODULE=smartrec.settings.prod ALLOWED_HOSTS=smartrec.example \
	SECRET_KEY=only-to-check-the-settings-0123456789-abcdefghijklmnopqrstuvwxyz
AS_IN_TESTS := $(NO_DATABASE) DJANGO_SETTINGS_MODULE=smartrec.settings.test
FRENCH := smartrec/locale/fr/LC_MESSAGES/django.po
COMPILE := .tools/bin/uv --no-config pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header

help: ## what can be typed here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: ## the whole product with demo data; PORT=8000 HOST=127.0.0.1 DEMO_SIZE=small
	@$(BOOTSTRAP)
	@exec $(PYTHON_IN_VENV) -m smartrec.devstack run

install: ## the libraries of the product, its tests and checks
	@$(BOOTSTRAP) dev

test: install ## every test but those in a browser
	$(PYTHON_IN_VENV) -m pytest -n 2 -m "not browser"

test-database: install ## those that rest on the database, on the machine's own PostgreSQL
	SMARTREC_POSTGRES=system $(PYTHON_IN_VENV) -m pytest -n 2 -m database

test-browser: install ## the tests in Chromium (CHROMIUM=/usr/bin/chromium-headless-shell)
	$(PYTHON_IN_VENV) -m pytest -n 2 -m browser tests/browser

lint: install ## style, types, walls between the rooms, production settings, missing migrations
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PYTHON_IN_VENV) -m mypy .
	.venv/bin/lint-imports --no-cache
	@$(AS_IN_PRODUCTION) $(PYTHON_IN_VENV) manage.py check --deploy --fail-level WARNING
	@$(AS_IN_TESTS) $(PYTHON_IN_VENV) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: install ## the measurements
	$(PYTHON_IN_VENV) -m bench all

long: install ## the measurements and fault drills that take an hour
	$(PYTHON_IN_VENV) -m bench long

lock: install ## choose the versions of the libraries anew, for every Python from 3.11 on
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --constraint requirements.txt --output-file requirements-dev.txt requirements-dev.in

messages: install ## add new texts to the French ones and compile them (collecting needs gettext)
	mkdir -p var && cp $(FRENCH) var/known.po
	$(AS_IN_TESTS) $(PYTHON_IN_VENV) manage.py makemessages --locale fr --extension html,txt,py --no-wrap \
	  --ignore 'requirements*' --ignore node_modules --ignore var --ignore tests --ignore bench
	@# Nothing known is lost: some texts are put together while the product runs and cannot be collected.
	msgcat --use-first --no-wrap --output-file $(FRENCH) var/known.po $(FRENCH)
	$(PYTHON_IN_VENV) -m smartrec.devstack messages
